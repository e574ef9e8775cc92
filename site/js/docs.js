// The page of the API: what the service says of itself in OpenAPI, with programs to copy.

import Alpine from "../vendor/alpine.js"
import persist from "../vendor/persist.js"
import { code, LANGUAGES } from "./call.js"
import { languageFor, translate } from "./i18n.js"
import { keptKey } from "./key.js"
import { groupsOf } from "./reference.js"

Alpine.plugin(persist)

const reference = () => ({
  chosen: Alpine.$persist("").as("lang"),
  language: Alpine.$persist("curl").as("call-language"),
  languages: LANGUAGES,
  dictionary: {},
  lang: "en",
  groups: [],
  about: "",
  ready: false, // the words and the requests are here
  failed: false,
  copied: "",

  async init() {
    // All comes at once: what came before would be moved by what comes later.
    await Promise.all([this.speak(languageFor(this.chosen)), this.read()])
    this.ready = true
    await this.$nextTick()
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()
  },

  async speak(lang) {
    this.dictionary = await (await fetch(`/locales/${lang}.json`)).json()
    this.lang = lang
    document.documentElement.lang = lang
    document.title = `${this.t("nav.docs")} · volcimage`
  },
  async turnLanguage() {
    await this.speak(this.lang === "en" ? "zh-CN" : "en")
    this.chosen = this.lang
  },
  t(key, args) { return translate(this.dictionary, this.lang, key, args) },

  async read() {
    this.failed = false
    try {
      const doc = await (await fetch("/api/v1/openapi.json")).json()
      this.about = doc.info.description
      this.groups = groupsOf(doc)
    } catch {
      this.failed = true
    }
  },

  // The words of the page, by name: markup names no text of its own.
  get words() {
    return {
      title: this.t("nav.docs"), home: this.t("docs.home"), other: this.t("nav.otherLanguage"), contents: this.t("docs.contents"), language: this.t("call.language"),
      name: this.t("docs.name"), type: this.t("docs.type"), meaning: this.t("docs.meaning"), required: this.t("docs.required"), answers: this.t("docs.answers"),
      try: this.t("docs.try"), key: this.t("docs.key"), failed: this.t("error.unreachable"), again: this.t("action.retry"), raw: this.t("docs.raw"), english: this.t("docs.english"),
    }
  },
  groupName(g) { return this.t(`docs.${g.name}`) },
  copyName(o) { return this.t(this.copied === o.id ? "call.copied" : "call.copy") },

  program(o) {
    if (o.types.length > 0) return `curl -sS -X ${o.method} '${location.origin}${o.address}' \\\n  -H 'Content-Type: ${o.types.at(-1)}' \\\n  --data-binary @file`
    return code(this.language, { base: location.origin, method: o.method, path: o.address, body: o.body, keyed: keptKey() !== "" })
  },
  async copy(o) {
    await navigator.clipboard?.writeText(this.program(o))
    this.copied = o.id
  },
})

Alpine.data("reference", reference)
Alpine.start()
