// The keys of the page, and the sheet that shows them.

import { hideDialog, showDialog } from "./dialogs.js"

const mac = /Mac|iPhone|iPad/.test(navigator.platform)
const CTRL = mac ? "⌘" : "Ctrl"
const ALT = mac ? "⌥" : "Alt"

const GROUPS = [
  { name: "anywhere", keys: [
    { says: "prompt", caps: ["/"] }, { says: "generate", caps: [CTRL, "Enter"] }, { says: "generateFirst", caps: [CTRL, "Shift", "Enter"] }, { says: "history", caps: [ALT, "↑ ↓"] },
    { says: "queue", caps: ["Q"] }, { says: "line", caps: [ALT, "← →"] }, { says: "stop", caps: ["Shift", "X"] }, { says: "help", caps: ["?"] }, { says: "close", caps: ["Esc"] },
  ] },
  { name: "grid", keys: [
    { says: "move", caps: ["← ↑ ↓ →"] }, { says: "open", caps: ["Enter"] }, { says: "select", caps: [mac ? "␣" : "Space"] }, { says: "range", caps: ["Shift", "← →"] },
    { says: "selectAll", caps: [CTRL, "A"] }, { says: "favourite", caps: ["."] }, { says: "remove", caps: ["Del"] }, { says: "restore", caps: ["U"] }, { says: "info", caps: ["I"] }, { says: "compare", caps: ["C"] }, { says: "folder", caps: ["F"] }, { says: "tag", caps: ["T"] }, { says: "rearrange", caps: [ALT, "← ↑ ↓ →"] },
    { says: "useAll", caps: ["A"] }, { says: "remix", caps: ["R"] }, { says: "usePrompt", caps: ["P"] }, { says: "useSeed", caps: ["S"] }, { says: "useSize", caps: ["D"] },
  ] },
  { name: "viewer", keys: [
    { says: "turn", caps: ["← →"] }, { says: "zoom", caps: ["Z"] }, { says: "closer", caps: ["+ −"] }, { says: "info", caps: ["I"] },
    { says: "swap", caps: ["C"] }, { says: "mode", caps: ["M"] },
  ] },
]

export const keySheet = () => ({
  groups: GROUPS,
  back: null, // what had the focus

  init() { addEventListener("keys-wanted", () => this.show()) },
  show() {
    if (document.querySelector("dialog[open]")) return
    this.back = document.activeElement
    showDialog(this.$root)
  },
  close() {
    hideDialog(this.$root)
    this.back?.focus()
  },
})
