// Runs before the first paint, so that neither theme nor language flashes, and has the
// dictionary and the API's first answers fetched while the page's own script is. The keys of
// the storage and their JSON are those of Alpine's persist plugin (store/app.js).

import { askAhead } from "./ahead.js"
import { languageFor } from "./i18n.js"
import { keptKey } from "./key.js"

const kept = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key))
  } catch {
    return null // storage is blocked or the value is not ours
  }
}
const root = document.documentElement
const theme = kept("theme")
if (theme === "light" || theme === "dark") root.dataset.theme = theme
root.lang = languageFor(kept("lang"))
const words = document.createElement("link")
Object.assign(words, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: `/locales/${root.lang}.json` })
document.head.append(words)

// The markup names what the page asks in any case, and what it asks where it begins with the library.
const { ask = "", askLibrary = "" } = document.currentScript.dataset
const paths = [ask, location.hash ? "" : askLibrary].join(" ").split(" ").filter(Boolean)
if (paths.length > 0) askAhead("/api/v1", paths, keptKey())
