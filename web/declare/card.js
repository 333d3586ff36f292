/** The QR of a citizen card fills in who somebody is. What it says stays in the form; nothing is sent before that is. */
import { Camera } from "../lib/camera.js";
import { cardOf } from "../lib/cards.js";
import { useWords } from "../lib/language.js";
import { html, useState } from "../lib/view.js";

const WORDS = {
  vi: { how: "Mã QR ở góc trên bên phải mặt trước thẻ căn cước.", not_a_card: "Đây không phải mã QR của thẻ căn cước." },
  en: { how: "The QR is in the upper right corner of the card's front.", not_a_card: "This is not the QR of a citizen card." },
};

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
