id-invalid = Mã không đúng dạng: cần một UUID.
