// The order by hand of a folder. Pure.

// arranged is how a folder's tasks lie once one was put before another, or at the end where
// that is null: what is shown, and the order to be kept. Only what stands before the last
// task with a place by hand needs one itself.
export function arranged(shown, order, id, before) {
  const rest = shown.filter((x) => x !== id)
  const at = before === null ? rest.length : rest.indexOf(before)
  const now = [...rest.slice(0, at), id, ...rest.slice(at)]
  const placed = new Set([...order, id])
  const last = now.findLastIndex((x) => placed.has(x))
  return { shown: now, order: [...now.slice(0, last + 1), ...order.filter((x) => !now.includes(x))] }
}
