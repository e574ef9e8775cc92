// The settings: all of them act at once and are kept in this browser.

import { forgetKey, keptKey } from "../key.js"
import { forgetOffline } from "../offline.js"
import { hideDialog, showDialog } from "./dialogs.js"

const LANGUAGES = [{ id: "zh-CN", name: "中文" }, { id: "en", name: "English" }]

// What the page is made with beside its own files; vendor/README.md has the licences' texts.
const LICENCES = [
  "Alpine.js 3.17.4 · MIT · © 2019-2025 Caleb Porzio and contributors",
  "Lucide 1.62.0 · ISC · © Lucide Contributors · Feather · MIT · © 2013-2023 Cole Bemis",
  "Swagger UI · Apache-2.0 · © SmartBear Software",
]

export const settings = () => ({
  languages: LANGUAGES,
  licences: LICENCES,
  denied: globalThis.Notification?.permission === "denied" || !globalThis.Notification,
  hasKey: false,
  back: null, // what had the focus

  init() { addEventListener("settings-wanted", () => this.show()) },

  get version() {
    const { app } = this.$store
    return app.health?.version ? app.t("settings.version", { version: app.health.version }) : ""
  },
  get notifyHelp() { return this.$store.app.t(this.denied ? "settings.notifyDenied" : "settings.notifyHelp") },

  show() {
    this.back = document.activeElement
    this.hasKey = keptKey() !== ""
    showDialog(this.$root)
  },
  close() {
    hideDialog(this.$root)
    this.back?.focus()
  },

  // notify asks the browser, which asks the person.
  async notify(event) {
    const { app } = this.$store
    app.notify = event.target.checked && (await Notification.requestPermission()) === "granted"
    this.denied = Notification.permission === "denied"
    event.target.checked = app.notify
  },

  forget() {
    forgetKey()
    forgetOffline()
    location.reload()
  },
})
