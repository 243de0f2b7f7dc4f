id-invalid = The id is malformed: a UUID is needed.
unauthenticated = You need to sign in.
forbidden = Your account is not allowed to do this.
not-found = Not found.
rate-limited = Too many tries. Wait a little and try again.
unavailable = The server is busy. Nothing was written; you can send the same request again.
internal = The server failed. Nothing was written; tell the administrator the request id.
