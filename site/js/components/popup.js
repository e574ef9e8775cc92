// A panel that its button opens, and that is drawn while it is open: closes on Escape, on Enter in a
// field, on a click elsewhere and when the focus leaves it, and gives the focus back to the button.

export const popup = () => ({
  open: false,

  toggle() {
    this.open = !this.open
    if (this.open) this.$nextTick(() => this.enter())
  },

  // enter moves the focus to what is chosen, or to the first control.
  enter() {
    const panel = this.$root.querySelector(".panel")
    if (!panel) return // closed again already
    const { right, bottom } = this.$refs.opener.getBoundingClientRect()
    panel.style.setProperty("--from-left", `${right}px`)
    panel.style.setProperty("--from-bottom", `${innerHeight - bottom}px`)
    const first = panel.querySelector("input:checked") ?? panel.querySelector("input:not(.sr-only), button:not(.panel-close), [tabindex]")
    first?.focus({ preventScroll: true })
  },

  close() {
    this.open = false
    this.$refs.opener.focus({ preventScroll: true })
  },

  keep: {
    ["@keydown.escape.window"]() {
      if (this.open) this.close()
    },
    // Enter in a field of the form would send it; here it takes the choice.
    ["@keydown.enter"](event) {
      if (event.target.tagName !== "INPUT" || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      this.close()
    },
    ["@click.outside"]() { this.open = false },
    ["@focusout"](event) {
      if (event.relatedTarget && !this.$root.contains(event.relatedTarget)) this.open = false
    },
  },
})
