// What a first visit does not need does not weigh on it.

// later is a store whose module is fetched when it is first asked to do something. Until then
// it has the state given, and the names of what it can do.
export function later(Alpine, name, load, methods, state = {}) {
  let made = null
  const real = () => {
    made ??= load().then((store) => Alpine.store(name, store)).catch((err) => {
      made = null // it may be had the next time
      unreachable(Alpine)
      throw err
    })
    return made
  }
  const stub = (method) => async (...args) => {
    await real()
    return Alpine.store(name)[method](...args)
  }
  return { ...state, ...Object.fromEntries(methods.map((method) => [method, stub(method)])) }
}

// dialog fetches the components of a dialog when it is first wanted; from then on it listens itself.
export function dialog(Alpine, name, load) {
  addEventListener(`${name}-wanted`, async () => {
    const there = Alpine.store("dialogs")
    if (there[name]) return
    try {
      for (const [component, make] of Object.entries(await load())) Alpine.data(component, make)
    } catch {
      return unreachable(Alpine)
    }
    there[name] = true
    setTimeout(() => dispatchEvent(new CustomEvent(`${name}-wanted`))) // once it is drawn
  })
}

function unreachable(Alpine) {
  Alpine.store("toasts").add({ kind: "error", text: Alpine.store("app").t("error.unreachable") })
}
