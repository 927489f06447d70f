// What only the pages of the administration do. Without it they work as well.

/** The choices of a search take effect at once. */
for (const form of document.querySelectorAll("form[role=search]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select[name=object], select[name=flow]")) form.requestSubmit();
  });
}
