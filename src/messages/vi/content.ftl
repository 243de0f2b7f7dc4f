lesson-unreviewed = Bản thảo: chưa có chuyên gia y tế, phục hồi chức năng, giáo dục hay pháp luật nào đọc duyệt bài này.
search-too-long = Từ khóa tìm kiếm dài quá 200 ký tự: hãy rút ngắn.
id-or-code = Hãy nêu hoặc id hoặc code, chỉ một trong hai.
