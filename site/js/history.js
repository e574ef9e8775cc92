// The prompts that were sent from this browser, newest first, and the way through them. Pure.

const MOST = 100

// noted is the list with a prompt at its head, each only once.
export const noted = (list, prompt) => [prompt, ...list.filter((p) => p !== prompt)].slice(0, MOST)

// walked is one step back (by 1) or forth (by -1): {at, text}. Before the first stands the draft.
export function walked(list, { at, draft }, by) {
  const next = Math.min(Math.max(at + by, -1), list.length - 1)
  return { at: next, text: next < 0 ? draft : list[next] }
}
