/* Offers only the grades that the chosen term has: <option data-grades="1 2 3"> of `term` decides
   what `grade` can be. The server refuses the others, too. */

"use strict";

function offerGrades(form) {
  const term = form.querySelector('select[name="term"]');
  const grade = form.querySelector('select[name="grade"]');
  if (!term || !grade) return;
  const known = term.selectedOptions[0]?.dataset.grades?.split(" ");
  for (const option of grade.options) {
    const isOffered = !known || option.value === "" || known.includes(option.value);
    option.hidden = option.disabled = !isOffered;
    // A grade that the new term lacks is asked for again.
    if (!isOffered && option.selected) grade.value = "";
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches('select[name="term"]')) offerGrades(event.target.form);
});

for (const form of document.querySelectorAll("form")) offerGrades(form);
