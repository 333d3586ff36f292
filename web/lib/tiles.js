/** A map of squares: each district is about where it lies, with its number and a shade. */
import { language } from "./language.js";
import { html } from "./view.js";

const SHADES = 5;

/**
 * @param {{title: string, districts: {code: string, name: string}[], tiles: Record<string, [number, number]>,
 *   count: (code: string) => number | null, unit: string, words: {hidden: string, few: string, many: string,
 *   note: string}, chosen?: string | null, choose?: (code: string) => void}} props `tiles` are those of
 *   `/settings.json`; without any there is no map. A count of null is hidden. `unit` says what is counted.
 */
export function Tiles({ title, districts, tiles, count, unit, words, chosen, choose }) {
  const placed = districts.filter(({ code }) => code in (tiles ?? {}));
  if (!placed.length) return null;
  const most = Math.max(1, ...placed.map(({ code }) => count(code) ?? 0));
  const tile = ({ code, name }) => {
    const counted = count(code);
    const text = html`<span class="tile-map-name">${short(name)}</span>
      <span class="tile-map-count">${counted === null ? words.hidden : number(counted)}<span class="unseen"> ${unit}</span></span>`;
    const look = `tile-map-square ${counted === null ? "is-hidden" : `shade-${Math.ceil((SHADES * counted) / most)}`}`;
    const [left, top] = tiles[code];
    return html`<li key=${code} style=${{ gridColumn: `${left + 1} / span 2`, gridRow: top + 1 }}>
      ${choose
        ? html`<button type="button" class=${look} aria-expanded=${chosen === code} onClick=${() => choose(code)}>${text}</button>`
        : html`<div class=${look}>${text}</div>`}
    </li>`;
  };
  return html`<figure class="tile-map">
    <ul aria-label=${title}>${placed.sort(byPlace(tiles)).map(tile)}</ul>
    <figcaption class="hint">
      <span class="tile-map-legend" aria-hidden="true">
        ${words.few}${[0, 1, 2, 3, 4, 5].map((shade) => html`<span class="tile-map-square shade-${shade}"></span>`)}${words.many}
      </span>
      ${words.note}
    </figcaption>
  </figure>`;
}

/** As people read: from the top, then from the left. */
function byPlace(tiles) {
  return (one, other) => tiles[one.code][1] - tiles[other.code][1] || tiles[one.code][0] - tiles[other.code][0];
}

function short(name) {
  return name.replace(/^Huyện /, "").replace(/^Thị xã /, "TX. ").replace(/^Thành phố /, "TP. ");
}

function number(count) {
  return new Intl.NumberFormat(language() === "en" ? "en-GB" : "vi-VN").format(count);
}
