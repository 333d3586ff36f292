/** The QR of a citizen card fills in who somebody is. What it says stays in the form; nothing is sent before that is. */
import { Camera } from "../lib/camera.js";
import { useWords } from "../lib/language.js";
import { html, useState } from "../lib/view.js";

const WORDS = {
  vi: { how: "Mã QR ở góc trên bên phải mặt trước thẻ căn cước.", not_a_card: "Đây không phải mã QR của thẻ căn cước." },
  en: { how: "The QR is in the upper right corner of the card's front.", not_a_card: "This is not the QR of a citizen card." },
};

const GENDERS = { Nam: "male", Nữ: "female" };

/** @param {{onRead: (card: object | null) => void}} props Gets the fields of the form; null if somebody closes it. */
export function CardCamera({ onRead }) {
  const words = useWords(WORDS);
  const [isWrong, wrong] = useState(false);
  const hear = (text) => {
    const card = cardOf(text);
    if (card) onRead(card);
    else wrong(true);
  };
  return html`<${Camera} onText=${hear} onClose=${() => onRead(null)}>
    <p class="hint">${words.how}</p>
    ${isWrong && html`<p class="error" role="alert">${words.not_a_card}</p>`}
  <//>`;
}

/**
 * `number|older number|name|DDMMYYYY|gender|address|DDMMYYYY`, as cards since 2021 have it. Later ones append fields.
 */
export function cardOf(text) {
  const [number, older, name, birth, gender] = text.split("|").map((each) => each.trim());
  if (!/^\d{12}$/.test(number) || !name || !/^\d{8}$/.test(birth ?? "")) return null;
  return {
    full_name: name.normalize("NFC"),
    born: `${birth.slice(0, 2)}/${birth.slice(2, 4)}/${birth.slice(4)}`,
    gender: GENDERS[gender?.normalize("NFC")] ?? "",
    country: "VN",
    kind: "cccd",
    number,
    older_number: /^(\d{9}|\d{12})$/.test(older) ? older : "",
  };
}
