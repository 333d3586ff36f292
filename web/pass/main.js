
// Shows the pass, or the permit, of a link. Behind its # stand the code (16 characters) and the secret (13). The browser sends neither;
// this script sends the code in a path, and the secret in a header, which no log has. The link stays in the address bar,
// because people reload the page and keep it as a bookmark.
"use strict";
(function () {
  const LINK = /^([0-9A-HJKMNP-TV-Z]{16})([0-9A-HJKMNP-TV-Z]{13})$/;
  const PATIENCE = 20000, AGAIN = 300000, LONGEST = 86400000; // milliseconds; a permit lasts for months
  const STATES = {
    valid: ["Dùng được đến ", "Good until ", "ប្រើបានដល់ ", "有效期至 "],
    used: ["Đã dùng qua chốt. Mã QR có hạn đến ", "Used at a checkpoint. It ends at ", "បានប្រើនៅប៉ុស្តិ៍ហើយ។ ផុតកំណត់នៅ ", "已在检查站使用。有效期至 "],
    expired: ["Đã hết hạn lúc ", "Expired at ", "ផុតកំណត់នៅ ", "已于此时过期："],
    revoked: ["Đã bị thu hồi. Hạn cũ: ", "Revoked. It would have ended at ", "ត្រូវបានដកហូត។ ផុតកំណត់ដើម៖ ", "已被撤销。原有效期至 "],
  };
  Object.assign(STATES, { granted: STATES.valid, ended: STATES.expired }); // of a permit
  const SHOW = [
    "Chỉ có giá trị khi cán bộ quét. Chụp màn hình để dùng khi mất mạng.",
    "It counts only when staff scan it. Take a screenshot, for when there is no network.",
    "មានតម្លៃតែពេលបុគ្គលិកស្កេន។ សូមថតអេក្រង់ទុក សម្រាប់ពេលគ្មានអ៊ីនធឺណិត។",
    "须由工作人员扫描才有效。请截屏，以备无网络时使用。",
  ];
  const ENDED = [
    "Mã QR này không còn giá trị. Muốn qua chốt, vui lòng khai báo lại.",
    "It is not valid any more. To pass a checkpoint, declare again.",
    "លេខកូដ QR នេះលែងមានតម្លៃ។ ដើម្បីឆ្លងប៉ុស្តិ៍ សូមប្រកាសម្តងទៀត។",
    "此二维码已失效。如要通过检查站，请重新申报。",
  ];
  const REVOKED = [
    "Mã QR này không còn giá trị. Vui lòng hỏi cán bộ tại chốt, hoặc gọi (0276) 1022.",
    "It is not valid any more. Ask staff at the checkpoint, or call (0276) 1022.",
    "លេខកូដ QR នេះលែងមានតម្លៃ។ សូមសួរបុគ្គលិកនៅប៉ុស្តិ៍ ឬទូរស័ព្ទ (0276) 1022។",
    "此二维码已失效。请询问检查站工作人员，或拨打 (0276) 1022。",
  ];
  const NO_PICTURE = [
    "Chưa tải được ảnh mã QR. Đọc mã 16 ký tự cho cán bộ cũng được.",
    "The picture could not be loaded. Staff take the code of 16 characters, too.",
    "មិនអាចបើករូប QR។ អានលេខកូដ 16 តួឱ្យបុគ្គលិកក៏បាន។",
    "二维码图片未能加载。把 16 位通行码告诉工作人员也可以。",
  ];
  const REPLACED = [
    "Chuyến đi này đã được khai báo lại. Vui lòng dùng mã QR mới.",
    "This trip was declared again. Use the newer pass.",
    "ដំណើរនេះត្រូវបានប្រកាសម្តងទៀត។ សូមប្រើលេខកូដ QR ថ្មី។",
    "此行程已重新申报。请使用新的二维码。",
  ];
  const NO_LINK = [
    "Liên kết thiếu một phần. Vui lòng mở lại từ tin nhắn hoặc từ ứng dụng đã khai báo.",
    "A part of the link is missing. Open it again from the message, or from the app that declared.",
    "តំណមិនគ្រប់។ សូមបើកម្តងទៀតពីសារ ឬពីកម្មវិធីដែលបានប្រកាស។",
    "链接不完整。请从短信或申报时用的应用重新打开。",
  ];
  const NO_NETWORK = [
    "Không có mạng. Vui lòng kiểm tra kết nối rồi thử lại.",
    "No network. Check the connection and try again.",
    "គ្មានអ៊ីនធឺណិត។ សូមពិនិត្យ ហើយសាកម្តងទៀត។",
    "没有网络。请检查连接后重试。",
  ];
  const NO_SERVICE = [
    "Hệ thống đang bận. Vui lòng thử lại sau ít giây.",
    "The system is busy. Try again in a few seconds.",
    "ប្រព័ន្ធរវល់។ សូមសាកម្តងទៀតក្នុងប៉ុន្មានវិនាទី។",
    "系统繁忙。请几秒后重试。",
  ];

  // The second language of the page: English, or that of the browser.
  const LANGUAGE = navigator.language.slice(0, 2);
  const SECOND = { km: 2, zh: 3 }[LANGUAGE] || 1;
  if (SECOND > 1) {
    for (const each of document.querySelectorAll(".second")) {
      each.lang = LANGUAGE;
      each.textContent = each.dataset[LANGUAGE] || each.textContent;
    }
  }

  const part = (id) => document.getElementById(id);
  let shown = null; // the link whose pass is on the page
  let turn = 0; // of several attempts the last one counts
  let timer = 0;

  function write(id, words) {
    part(id).textContent = words[0];
    part(id + "-second").textContent = words[SECOND] || words[1];
  }

  function message(words, retry) {
    part("message").hidden = !words;
    write("words", words || ["", ""]);
    part("retry").hidden = !retry;
  }

  // Resolves to the answer's text. Rejects with the words to show, and whether to try again.
  async function ask(method, path, secret) {
    const abort = new AbortController();
    const patience = setTimeout(() => abort.abort(), PATIENCE);
    let answer, text;
    try {
      answer = await fetch(path, { method, headers: { "X-Pass-Secret": secret }, cache: "no-store", signal: abort.signal });
      text = await answer.text();
    } catch (error) {
      throw { words: NO_NETWORK, retry: true };
    } finally {
      clearTimeout(patience);
    }
    if (answer.ok) return text;
    const retry = answer.status >= 500 || answer.status === 429;
    let problem = {};
    try {
      problem = JSON.parse(text);
    } catch (error) {} // not from the API
    // The API's words are in the language of the browser.
    throw { words: problem.detail ? [problem.title + ". " + problem.detail, ""] : NO_SERVICE, retry: retry || !problem.detail };
  }

  function list(id, items) {
    part(id).hidden = items.length === 0;
    const lines = part(id + "-list");
    lines.textContent = "";
    for (const item of items) lines.appendChild(document.createElement("li")).textContent = item.text;
  }

  function show(pass) {
    // As the answer has it: the time on the walls of the province, whatever the phone's own zone is.
    const ends = pass.expires_at.slice(11, 16) + " " + pass.expires_at.slice(8, 10) + "/" + pass.expires_at.slice(5, 7);
    write("state", STATES[pass.state].map((words) => words + ends));
    part("code").textContent = pass.code;
    part("picture").alt = "Mã QR " + pass.code;
    part("name").textContent = pass.masked_name;
    write("hint", pass.token ? SHOW : pass.state === "revoked" ? REVOKED : pass.replaced_at ? REPLACED : ENDED);
    list("papers", (pass.token && pass.papers_required) || []);
    list("steps", ((pass.token || pass.state === "used") && pass.instructions) || []);
    if (!pass.token) picture(null);
    part("pass").hidden = false;
  }

  function picture(svg) {
    const image = part("picture"), before = image.src;
    part("qr").hidden = svg === null;
    if (svg === null) image.removeAttribute("src");
    else image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    if (before) URL.revokeObjectURL(before);
  }

  async function load() {
    const mine = ++turn;
    const plain = location.hash.slice(1).toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
    clearTimeout(timer);
    message(null, false);
    if (plain !== shown) {
      shown = null;
      part("pass").hidden = true;
      picture(null);
    }
    const link = LINK.exec(plain);
    if (!link) return message(NO_LINK, false);
    const permit = link[1][13] === "P";
    const here = (permit ? "v1/permits/" : "v1/passes/") + link[1];
    try {
      const pass = JSON.parse(await (permit ? ask("GET", here + "/holder", link[2]) : ask("POST", here + "/open", link[2])));
      if (mine !== turn) return;
      show(pass);
      shown = plain;
      if (!pass.token) return;
      // When the pass has ended, the page shows so. The phone's clock may be wrong, so the API is asked.
      const left = Date.parse(pass.expires_at) - Date.now();
      timer = setTimeout(load, left > 0 ? Math.min(left + 1000, LONGEST) : AGAIN);
      if (!part("qr").hidden) return; // it never changes
      const svg = await ask("GET", here + "/qr.svg?size=1000", link[2]).catch(() => null);
      if (mine !== turn) return;
      if (svg) picture(svg);
      else message(NO_PICTURE, true);
    } catch (problem) {
      // What is on the page stays there: a traveller whose network is gone still has the QR.
      if (mine === turn) message(problem.words || NO_SERVICE, problem.words ? problem.retry : true);
    }
  }

  part("retry").addEventListener("click", load);
  addEventListener("hashchange", load);
  addEventListener("online", () => part("retry").hidden || load());
  load();
})();
