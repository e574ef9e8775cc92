// Runs before the first paint, so that neither theme nor language flashes, and has the
// dictionary fetched while the modules are. The keys and their JSON are those of
// Alpine's persist plugin (store/app.js).
(() => {
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
  const lang = kept("lang")
  root.lang = lang === "en" || lang === "zh-CN" ? lang : (navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en")
  const words = document.createElement("link")
  Object.assign(words, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: `/locales/${root.lang}.json` })
  document.head.append(words)
})()
