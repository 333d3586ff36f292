"""QR of cards that a gate scans. Everyone here is invented."""

CARD = "072090000000|290000123|Nguyễn Văn Thử|17051990|Nam|Tổ 3, Tây Ninh|01032021"
PERSONAL = "072090000000|NGUYEN VAN THU|1990-05-17|0|QID-1|<1<<0912345678"
