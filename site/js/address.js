// A picture's own place in the page's address, so that a link leads to it and Back away
// from it. Pure.

const TASK = /^#task\/([0-9A-HJKMNP-TV-Z]{26})(?:\/(\d{1,3}))?$/

export const addressOf = (key) => `#task/${key}`

// pictureIn reads an address: {id, index}, or null where it names no task.
export function pictureIn(hash) {
  const found = TASK.exec(hash)
  return found && { id: found[1], index: Number(found[2] ?? 0) }
}
