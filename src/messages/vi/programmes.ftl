denominator-value = Mẫu số phải là số nguyên từ 0 đến 1 000 000 000.
denominator-source = Hãy ghi rõ nguồn của số liệu.
denominator-area-closed = Đơn vị hành chính này không tồn tại suốt thời gian nêu ra: hãy chọn đơn vị đúng thời điểm hoặc rút ngắn thời gian.
indicator-unknown = Không có chỉ tiêu này.
period-order = Ngày cuối không được trước ngày đầu.
