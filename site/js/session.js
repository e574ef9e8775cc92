// What is kept for this tab alone. Storage may be blocked; then nothing is kept.

export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name))
  } catch {
    return null
  }
}

export function keep(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value))
  } catch {
    // blocked or full
  }
}
