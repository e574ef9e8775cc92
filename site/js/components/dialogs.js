// Modal dialogs, and the one that asks for the API key.

import { keepKey, keptKey } from "../key.js"

// What is outside a modal dialog cannot be reached, so messages and their way back move in.
export function showDialog(dialog) {
  dialog.showModal()
  dialog.append(document.getElementById("toasts"))
}

export function hideDialog(dialog) {
  dialog.close()
  const under = [...document.querySelectorAll("dialog[open]")].at(-1)
  ;(under ?? document.body).append(document.getElementById("toasts"))
}

let asked = null // {promise, resolve} while the dialog is open

// askForKey opens the dialog, or joins those who wait for it already.
export function askForKey() {
  if (!asked) {
    asked = deferred()
    dispatchEvent(new CustomEvent("key-wanted"))
  }
  return asked.promise
}

function deferred() {
  let resolve
  const promise = new Promise((r) => { resolve = r })
  return { promise, resolve }
}

export const keyDialog = () => ({
  value: "",
  wrong: false,

  init() {
    addEventListener("key-wanted", () => this.show())
    if (asked) this.show()
  },
  show() {
    this.wrong = keptKey() !== ""
    this.value = ""
    showDialog(this.$root)
  },
  save() {
    keepKey(this.value.trim())
    hideDialog(this.$root)
    const waiting = asked
    asked = null
    waiting.resolve()
  },
})
