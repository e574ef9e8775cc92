// What a first visit does not need does not weigh on it.

// later is a store whose module is fetched when it is first asked to do something. Until then
// it has the state given, and the names of what it can do.
export function later(Alpine, name, load, methods, state = {}) {
  let made = null
  const real = () => {
    made ??= load().then((store) => Alpine.store(name, store)).catch((err) => {
      made = null // it may be had the next time
      const app = Alpine.store("app")
      Alpine.store("toasts").add({ kind: "error", text: app.t("error.unreachable") })
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
