// Dictionaries and the words they hold. A dictionary maps a key to a text, or to
// one text for each plural category of its language, with {name} for what varies.

import { number, writer } from "./format.js"

const LANGUAGES = ["zh-CN", "en"]

// chooseLanguage picks one of LANGUAGES for the browser's own list.
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return "zh-CN"
    if (/^en\b/i.test(tag)) return "en"
  }
  return "en"
}

// languageFor is the language that was chosen, or the browser's where none of ours was.
export const languageFor = (chosen) => (LANGUAGES.includes(chosen) ? chosen : chooseLanguage([navigator.language]))

// translate is the text of key. A number among args is written as the language
// writes numbers; args.n chooses the plural. A key that is missing shows itself.
export function translate(dictionary, lang, key, args = {}) {
  let text = dictionary[key]
  if (text === undefined) return key
  if (typeof text === "object") {
    text = text[writer(Intl.PluralRules, lang).select(args.n)] ?? text.other
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = args[name]
    if (value === undefined) return whole
    return typeof value === "number" ? number(value, lang) : String(value)
  })
}

// say picks the language's part of words that the API sends: {zh, en}.
export function say(words, lang) {
  if (!words) return ""
  return (lang.startsWith("zh") ? words.zh : words.en) || words.en || words.zh || ""
}
