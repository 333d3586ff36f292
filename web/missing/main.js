/** The page for an address that leads nowhere. It reads without scripts, too; this adds the hotline's number. */
const answer = await fetch("/settings.json").catch(() => null);
if (answer?.ok) {
  const { hotline } = (await answer.json()).province;
  for (const each of document.querySelectorAll(".hotline")) {
    each.textContent = hotline;
    each.href = `tel:${hotline.replace(/[^+\d]/g, "")}`;
    each.hidden = false;
    each.nextElementSibling.hidden = true;
  }
}
