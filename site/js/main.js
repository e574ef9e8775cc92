// Joins the parts: stores, components, the words in markup; then Alpine starts.

import Alpine from "../vendor/alpine.js"
import persist from "../vendor/persist.js"
import { makeApi } from "./api.js"
import { archive } from "./components/archive.js"
import { call } from "./components/call.js"
import { card } from "./components/card.js"
import { compare } from "./components/compare.js"
import { complete } from "./components/complete.js"
import { composer, field } from "./components/composer.js"
import { aside } from "./components/details.js"
import { askForKey, keyDialog } from "./components/dialogs.js"
import { filling } from "./components/filling.js"
import { grid } from "./components/grid.js"
import { keySheet } from "./components/keys.js"
import { lineage } from "./components/lineage.js"
import { folderMenu, tagMenu } from "./components/menus.js"
import { page } from "./components/page.js"
import { popup } from "./components/popup.js"
import { question } from "./components/question.js"
import { settings } from "./components/settings.js"
import { space } from "./components/space.js"
import { suggest } from "./components/suggest.js"
import { tagDialog } from "./components/tagdialog.js"
import { templates } from "./components/templates.js"
import { viewer } from "./components/viewer.js"
import { keptKey } from "./key.js"
import { readyOffline } from "./offline.js"
import { createAgain } from "./store/again.js"
import { createAlso } from "./store/also.js"
import { createApp } from "./store/app.js"
import { createArchive } from "./store/archive.js"
import { createBin } from "./store/bin.js"
import { createCompare } from "./store/compare.js"
import { createComposer } from "./store/composer.js"
import { createDetails } from "./store/details.js"
import { createFilling } from "./store/filling.js"
import { createKept } from "./store/kept.js"
import { createLibrary } from "./store/library.js"
import { createLine } from "./store/line.js"
import { createMany } from "./store/many.js"
import { createQuestion } from "./store/question.js"
import { createRoute } from "./store/route.js"
import { createSelection } from "./store/selection.js"
import { createShelves } from "./store/shelves.js"
import { createTags } from "./store/tags.js"
import { createTasks } from "./store/tasks.js"
import { createToasts } from "./store/toasts.js"
import { createViewer } from "./store/viewer.js"

Alpine.plugin(persist)

const store = (name) => Alpine.store(name)
const api = makeApi({
  key: keptKey,
  onDenied: askForKey,
  onReach: (ok, offset) => store("app").reached(ok, offset),
})
const parts = { api, store, persist: (value) => Alpine.$persist(value) }

Object.entries({
  app: createApp, toasts: createToasts, also: createAlso, composer: createComposer, tasks: createTasks, library: createLibrary,
  selection: createSelection, details: createDetails, shelves: createShelves, route: createRoute, viewer: createViewer,
  many: createMany, filling: createFilling, question: createQuestion, bin: createBin, tags: createTags, again: createAgain,
  compare: createCompare, archive: createArchive, line: createLine, kept: createKept,
}).forEach(([name, create]) => Alpine.store(name, create(parts)))

// A dialog is drawn when it is first wanted; from then on its component listens itself.
Alpine.store("dialogs", { archive: false, call: false, keys: false, settings: false, tags: false }) // whether it is drawn
for (const name of Object.keys(store("dialogs"))) {
  addEventListener(`${name}-wanted`, () => {
    if (store("dialogs")[name]) return
    store("dialogs")[name] = true
    setTimeout(() => dispatchEvent(new CustomEvent(`${name}-wanted`))) // once it is drawn
  })
}

Alpine.magic("t", () => (key, args) => store("app").t(key, args))
Alpine.magic("say", () => (words) => store("app").say(words))

Object.entries({
  archive, aside, call, card, compare, complete, composer, field, filling, folderMenu, grid, keyDialog, keySheet, lineage, page,
  popup, question, settings, space, suggest, tagDialog, tagMenu, templates, viewer,
}).forEach(([name, make]) => Alpine.data(name, make))

// The words come first: nothing is drawn without them.
await store("app").begin()
Alpine.start()
await store("app").connect()
readyOffline({ key: keptKey, onNew: () => store("app").renewed() })
