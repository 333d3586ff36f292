/** The text and the tables of a bulletin, which are in Vietnamese. */
import { html } from "./view.js";

export function BulletinText({ bulletin }) {
  return html`<article lang="vi">
    ${bulletin.text.map((each) => html`<p>${each}</p>`)}
    ${bulletin.tables.map(
      (table) => html`<div class="scrolls" tabindex="0" role="region" aria-label=${table.title}>
        <table>
          <caption>${table.title}</caption>
          <thead>
            <tr>${table.columns.map((name, place) => html`<th scope="col" class=${place ? "count" : ""}>${name}</th>`)}</tr>
          </thead>
          <tbody>
            ${table.rows.map(
              (row) => html`<tr>
                ${row.map((cell, place) => (place ? html`<td class="count">${cell}</td>` : html`<th scope="row">${cell}</th>`))}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
    )}
  </article>`;
}
