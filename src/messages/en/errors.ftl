id-invalid = The id is malformed: a UUID is needed.
