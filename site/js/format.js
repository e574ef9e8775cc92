// Numbers, times and sizes as people read them.

const made = new Map()

// writer is one of Intl's formats. They are dear to make, and a page needs few.
export function writer(Format, lang, options) {
  const key = `${Format.name} ${lang} ${JSON.stringify(options)}`
  if (!made.has(key)) made.set(key, new Format(lang, options))
  return made.get(key)
}

export const number = (n, lang, options) => writer(Intl.NumberFormat, lang, options).format(n)

// runes counts characters as the API does: code points, not UTF-16 units.
export const runes = (text) => [...text].length

// duration writes milliseconds as "8 s" or "1 min 20 s" in the language.
export function duration(ms, lang) {
  const all = Math.max(0, Math.round(ms / 1000))
  const unit = (n, name) => number(n, lang, { style: "unit", unit: name, unitDisplay: "short" })
  const minutes = Math.floor(all / 60)
  if (minutes === 0) return unit(all, "second")
  const rest = all % 60
  return rest === 0 ? unit(minutes, "minute") : `${unit(minutes, "minute")} ${unit(rest, "second")}`
}

// bytes writes a size in decimal units, as file managers do.
export function bytes(n, lang) {
  const names = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]
  let at = 0
  while (n >= 1000 && at < names.length - 1) {
    n /= 1000
    at++
  }
  return number(n, lang, {
    style: "unit", unit: names[at], unitDisplay: at === 0 ? "long" : "short", maximumFractionDigits: n < 10 && at > 1 ? 1 : 0,
  })
}

// moment writes an RFC 3339 time as date and time of the reader's own zone.
export function moment(text, lang) {
  const t = new Date(text)
  if (Number.isNaN(t.getTime())) return ""
  return writer(Intl.DateTimeFormat, lang, { dateStyle: "medium", timeStyle: "short" }).format(t)
}

// money writes millionths of a yuan.
export const money = (micro, lang) =>
  number(micro / 1e6, lang, { style: "currency", currency: "CNY", currencyDisplay: "narrowSymbol" })

// dimensions writes a size in pixels without separators, as everybody reads it, in one piece.
export const dimensions = (width, height) => `${width}\u00a0×\u00a0${height}`
