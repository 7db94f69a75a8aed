/* Opens the queries, history and comments of a field over the page. F2 does it from the field. */

"use strict";

const dialog = document.getElementById("talk-dialog");

/* The pop-over opens when its content has come; a refused one stays as it is. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "talk-body" || !dialog) return;
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector(".has-errors textarea") ?? document.getElementById("talk-title"))?.focus();
});

/* What was typed into a closed pop-over is gone: it opens as it was stored. */
dialog?.addEventListener("close", () => document.getElementById("talk-body").replaceChildren());

document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || dialog?.open) return;
  const flag = event.target.closest(".field")?.querySelector(".flag");
  if (!flag) return;
  event.preventDefault();
  flag.click();
});

/* On the way from answer to answer a flag that says nothing is no stop: F2 reaches it. */
for (const flag of document.querySelectorAll('.flag[data-flag="none"]')) {
  if (flag.closest("[data-unsaved-form] .answers:not(:disabled)")) flag.tabIndex = -1;
}
