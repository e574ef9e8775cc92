// copyText puts text on the clipboard and says so. Without a secure context (plain http
// from another machine) browsers offer no clipboard; then it says that instead.
export async function copyText(text, { app, toasts }, done = "copy.done") {
  try {
    await navigator.clipboard.writeText(text)
    toasts.add({ text: app.t(done) })
  } catch {
    toasts.add({ kind: "error", text: app.t("copy.failed") })
  }
}
