# Gói học khi không có mạng
package-many-modules = Mỗi lần chỉ xin được { $maximum } học phần. Hãy chia thành nhiều gói.
package-no-module = Không có học phần { $id }. Hãy chọn trong modules.
package-no-language = Chưa có bài học bằng ngôn ngữ { $language }. Hiện có: { $languages }.
package-modalities = Hãy nêu ít nhất một hình thức (modalities), mỗi hình thức một lần.
package-budget = Dung lượng phải từ 1 byte trở lên.
package-have = have phải là id của gói đã nhận: 64 chữ số hệ mười sáu, chữ thường.
