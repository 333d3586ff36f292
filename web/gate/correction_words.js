/** The texts of the last crossings, and of their corrections. */
import { ANSWER_WORDS } from "./answer_words.js";

export const CORRECTION_WORDS = {
  vi: {
    ...ANSWER_WORDS.vi,
    lastTitle: "Lượt vừa ghi",
    lastLead: "Những lượt tài khoản này đã ghi trên máy này trong 24 giờ qua.",
    lastNone: "Tài khoản này chưa ghi lượt nào trên máy này.",
    title: "Sửa lượt đã ghi",
    was: (decision, time) => `Đã ghi: ${decision}, lúc ${time}`,
    lead: "Lượt cũ vẫn được lưu. Từ giờ, lượt ghi ở đây có hiệu lực.",
    what: "Đúng ra là",
    temperatureAgain: "Nhiệt độ đo lại (°C), nếu có",
    why: "Vì sao sửa?",
    whys: ["Bấm nhầm", "Đã đo lại nhiệt độ", "Đã xem lại giấy tờ", "Nhầm người"],
    other: "Lý do khác",
    send: "Ghi lý do này",
    notSent: "Lượt này chưa gửi xong nên chưa sửa được. Chờ có mạng rồi sửa.",
    notHere: "Chưa ghi nhận sửa. Trưởng chốt có thể sửa lượt này.",
  },
  en: {
    ...ANSWER_WORDS.en,
    lastTitle: "Last crossings",
    lastLead: "What you recorded on this device in the last 24 hours.",
    lastNone: "You have recorded nothing on this device.",
    title: "Correct what was recorded",
    was: (decision, time) => `Recorded: ${decision}, at ${time}`,
    lead: "The first record is kept. From now on, this correction counts.",
    what: "What is right",
    temperatureAgain: "Temperature, if it was taken again (°C)",
    why: "Why is it corrected?",
    whys: ["Wrong button", "Temperature taken again", "Papers seen again", "Another person"],
    other: "Another reason",
    send: "Record this reason",
    notSent: "This crossing is not sent yet. Correct it when there is network.",
    notHere: "Nothing was corrected. The supervisor can correct this crossing.",
  },
};
