// The page as a whole: language, theme, the clock, the connection, the catalog.

import { checkForNew } from "../offline.js"
import { languageFor, say, translate } from "../i18n.js"
import { wait } from "../wait.js"

const THEMES = ["light", "dark", "system"]

const TICK_MS = 1000 // while something runs that shows its time
const HEALTH_MS = 60_000 // how old an answer on health may be when the tab is looked at again
const WORDS_AGAIN_MS = { first: 250, longest: 5_000 } // nothing is drawn without words, so they are asked for until they are here
const RETRY_MS = { first: 2_000, longest: 30_000 } // between tries to reach the service

export const createApp = ({ persist, api, store }) => ({
  theme: persist("system").as("theme"),
  chosen: persist("").as("lang"), // empty: as the browser says
  notify: persist(false).as("notify"),
  letters: persist(true).as("letters"), // single letters act while the grid has the focus

  lang: "en",
  dictionary: {},
  ready: false, // the catalog is here
  catalog: null,
  health: null,
  healthAt: 0,
  storage: null,
  reachable: true,
  retryMs: RETRY_MS.first,
  retryTimer: 0,
  offset: 0, // of the service's clock, ms
  now: Date.now(),
  ticking: 0,

  get themes() { return THEMES },
  get demo() { return this.health?.mode === "demo" },
  get failing() {
    return Object.entries(this.health?.checks ?? {}).filter(([, v]) => v !== "ok").map(([name]) => name)
  },

  // begin readies what the first drawing needs.
  async begin() {
    const lang = languageFor(this.chosen)
    for (let pause = WORDS_AGAIN_MS.first; ; pause = Math.min(pause * 2, WORDS_AGAIN_MS.longest)) {
      try {
        await this.speak(lang)
        break
      } catch {
        await wait(pause)
      }
    }
    this.wear(this.theme)
  },

  // connect loads what the form needs; without an answer it goes on trying.
  async connect() {
    try {
      const [catalog] = await Promise.all([api.models(), this.knock()])
      this.catalog = catalog
      store("composer").fit()
      this.ready = true
      const shelves = store("shelves").load()
      if (store("route").view === "search") {
        await shelves
        store("route").go()
      }
      await store("library").resume()
      await store("viewer").follow()
    } catch (err) {
      store("toasts").problem(err)
      if (this.reachable) setTimeout(() => this.connect(), RETRY_MS.longest)
    }
  },

  async measure() {
    try {
      this.storage = await api.storage()
    } catch {
      // the line about storage is left out; whatever is wrong shows elsewhere
    }
  },

  async speak(lang) {
    const response = await fetch(`/locales/${lang}.json`)
    if (!response.ok) throw new Error(`words: ${response.status}`)
    this.dictionary = await response.json()
    this.lang = lang
    document.documentElement.lang = lang
  },

  async switchLanguage() {
    const lang = this.lang === "en" ? "zh-CN" : "en"
    try {
      await this.speak(lang)
      this.chosen = lang
    } catch {
      store("toasts").add({ kind: "error", text: this.t("error.unreachable") })
    }
  },

  // renewed says that there is a newer page. Nothing changes until the person wants it.
  renewed() {
    store("toasts").add({ text: this.t("page.new"), action: this.t("page.reload"), act: () => location.reload(), stays: true })
  },

  wear(theme) {
    this.theme = THEMES.includes(theme) ? theme : "system"
    const root = document.documentElement
    if (this.theme === "system") delete root.dataset.theme
    else root.dataset.theme = this.theme
  },

  t(key, args) { return translate(this.dictionary, this.lang, key, args) },
  say(words) { return say(words, this.lang) },

  // reached is told after every call whether somebody answered.
  reached(ok, offset) {
    if (!ok) return this.lost()
    this.offset = offset
    this.retryMs = RETRY_MS.first
    clearTimeout(this.retryTimer)
    this.retryTimer = 0
    if (this.reachable) return
    this.reachable = true
    if (this.ready) store("library").resume()
    else this.connect()
  },

  lost() {
    this.reachable = false
    if (this.retryTimer) return
    this.retryTimer = setTimeout(() => this.knock(), this.retryMs)
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS.longest)
  },

  // knock asks how the service is, and thereby whether it answers.
  async knock() {
    this.retryTimer = 0
    try {
      this.health = await api.health()
      this.healthAt = Date.now()
    } catch {
      // where nobody answers, reached() has been told and set the next try
    }
  },

  // seen is told when the tab is looked at again.
  seen() {
    if (!this.ready) return
    if (Date.now() - this.healthAt > HEALTH_MS) this.knock()
    store("library").revisit()
    checkForNew()
  },

  // tick moves the clock on while somebody needs it.
  tick(wanted) {
    if (!wanted) {
      clearInterval(this.ticking)
      this.ticking = 0
      return
    }
    if (this.ticking) return
    this.moveClock()
    this.ticking = setInterval(() => this.moveClock(), TICK_MS)
  },

  moveClock() { this.now = Date.now() + this.offset },
})
