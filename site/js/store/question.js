// A question before something that cannot be undone, or a name that is asked for.

export const createQuestion = () => {
  let answer = null // told what the person says

  return {
    here: false, // the dialog is there
    open: false,
    title: "", text: "", verb: "",
    grave: false, // something is lost for good
    label: "", value: "", // of the field, where a name is asked for

    // ask opens the dialog. It resolves to true, or to the name; to null where nothing is to be done.
    ask({ title, text = "", verb, grave = false, label = "", value = "" }) {
      this.say(null)
      Object.assign(this, { title, text, verb, grave, label, value, here: true })
      setTimeout(() => { this.open = true }) // once it is drawn
      return new Promise((resolve) => { answer = resolve })
    },

    agree() {
      const name = this.value.trim()
      if (!this.label || name) this.say(this.label ? name : true)
    },

    say(what) {
      this.open = false
      answer?.(what)
      answer = null
    },
  }
}
