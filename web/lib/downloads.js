/** Files that a page makes or gets for the device. */

/** As a download; where the browser has none, by the device's own sheet. No code may be in `name`: lists show it. */
export async function handOver(content, name) {
  const file = new File([content], name, { type: content.type });
  if (!("download" in HTMLAnchorElement.prototype) && navigator.canShare?.({ files: [file] })) {
    await navigator.share({ files: [file] });
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
