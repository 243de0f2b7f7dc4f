id-invalid = Mã không đúng dạng: cần một UUID.
unauthenticated = Bạn cần đăng nhập.
forbidden = Tài khoản của bạn không có quyền làm việc này.
not-found = Không tìm thấy.
rate-limited = Bạn đã thử quá nhiều lần. Hãy đợi một lát rồi thử lại.
unavailable = Máy chủ đang bận. Chưa có gì được ghi; bạn có thể gửi lại yêu cầu này.
internal = Máy chủ gặp lỗi. Chưa có gì được ghi; hãy báo mã yêu cầu cho người quản trị.
