/**
 * Passkeys, for forms with `data-passkey`. The server provides the options in `data-options`; the response of the
 * authenticator is sent in the field `response`. Otherwise these are ordinary forms. Problems are shown in the element
 * with the role `status`, with texts from the page. Without this script the controls stay hidden.
 */

const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } =
  globalThis.SimpleWebAuthnBrowser

/** Milliseconds. A challenge is valid for five minutes, and is renewed before it expires. */
const FRESH = 4 * 60 * 1000

/** The problems that the page has texts for, by the error name in browsers (WebAuthn sections 5.1.3 and 5.1.4). */
const PROBLEMS = {
  NotAllowedError: 'cancelled',
  InvalidStateError: 'exists',
  ConstraintError: 'unfit',
  NotSupportedError: 'unfit',
}

class PasskeyForm {
  #form
  #controls
  #status
  #options
  #since = Date.now()

  constructor(form) {
    this.#form = form
    this.#controls = form.querySelector('[data-passkey-controls]')
    this.#status = form.querySelector('[role=status]')
    this.#options = form.dataset.options
  }

  async begin() {
    const { passkey, passkeyAutofill } = this.#form.dataset
    if (!browserSupportsWebAuthn()) {
      if (passkey !== 'sign-in') this.#say('unsupported')
      return
    }
    this.#controls.hidden = false
    this.#form.addEventListener('submit', event => {
      event.preventDefault()
      this.#use()
    })
    if (passkeyAutofill === undefined || !(await browserSupportsWebAuthnAutofill())) return
    this.#offer()
    setInterval(() => document.hidden || this.#renew().then(() => this.#offer()), FRESH)
  }

  /** Requests a passkey after the button was pressed. */
  async #use() {
    const button = this.#form.querySelector('button')
    button.disabled = true
    this.#say('')
    try {
      if (Date.now() - this.#since > FRESH) await this.#renew()
      const start = this.#form.dataset.passkey === 'register' ? startRegistration : startAuthentication
      this.#send(await start({ optionsJSON: JSON.parse(this.#options) }))
    } catch (error) {
      this.#say(PROBLEMS[error.cause?.name ?? error.name] ?? 'failed')
      button.disabled = false
      if (this.#form.dataset.passkeyAutofill !== undefined) this.#offer()
    }
  }

  /** Lets the browser offer passkeys when it autofills the email field. Nothing is visible before that. */
  async #offer() {
    try {
      this.#send(await startAuthentication({ optionsJSON: JSON.parse(this.#options), useBrowserAutofill: true }))
    } catch {
      // The person chose no passkey, or pressed the button instead: no message is needed.
    }
  }

  /** Fetches this page again for a new challenge. If that fails, the old one is sent, and the server reports the problem. */
  async #renew() {
    const answer = await fetch(location.href).catch(() => null)
    const page = new DOMParser().parseFromString((answer?.ok && (await answer.text())) || '', 'text/html')
    const fresh = page.querySelector(`form[data-passkey="${this.#form.dataset.passkey}"]`)
    if (!fresh) return
    this.#options = fresh.dataset.options
    this.#form.elements.challenge_token.value = fresh.elements.challenge_token.value
    this.#since = Date.now()
  }

  #send(answer) {
    this.#form.elements.response.value = JSON.stringify(answer)
    this.#form.submit()
  }

  #say(problem) {
    this.#status.textContent = this.#status.dataset[problem] ?? ''
  }
}

for (const form of document.querySelectorAll('form[data-passkey]')) new PasskeyForm(form).begin()
