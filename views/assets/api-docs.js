/**
 * The reference of the API, for reading: it sends no requests to the API and asks for no tokens. The OpenAPI document is the
 * one of this server; nothing is loaded from any other.
 */

const reference = document.querySelector('#reference')
const dark = globalThis.matchMedia('(prefers-color-scheme: dark)')

function followColours() {
  document.documentElement.classList.toggle('dark-mode', dark.matches)
}

followColours()
dark.addEventListener('change', followColours)

/** Leaves out what is for sending requests. */
const readOnly = () => ({
  components: { authorizeBtn: () => null, AuthorizeBtnContainer: () => null, authorizeOperationBtn: () => null },
})

globalThis.SwaggerUIBundle({
  url: reference.dataset.document,
  domNode: reference,
  plugins: [readOnly],
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: [],
  validatorUrl: null,
})
