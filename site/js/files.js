// Files that go to the browser's own downloads.

const KEPT_MS = 60_000 // a browser may ask first where a file is to go

// download has the browser fetch a file. Without a name it keeps the one that it comes with.
export function download(url, name = "") {
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
}

// saveAs hands over a file that was made here.
export function saveAs(blob, name) {
  const url = URL.createObjectURL(blob)
  download(url, name)
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}
