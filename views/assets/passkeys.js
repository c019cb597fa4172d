/**
 * Passkeys, for forms that say `data-passkey`. Each carries the options that the server made for it (`data-options`) and
 * is sent with what the authenticator answers in its field `response`; all else about it is an ordinary form. What goes
 * wrong is said in its element with the role `status`, in words that the page brings along. Without this script its
 * controls stay hidden.
 */

const { browserSupportsWebAuthn, browserSupportsWebAuthnAutofill, startAuthentication, startRegistration } =
  globalThis.SimpleWebAuthnBrowser

/** Milliseconds. A challenge is good for five minutes; it is exchanged for another one before. */
const FRESH = 4 * 60 * 1000

/** What we have words for, by what browsers call it (WebAuthn sections 5.1.3 and 5.1.4). */
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

  /** Somebody has pressed the button. */
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

  /** Lets the browser name passkeys among what it fills into the field for the address; until then nothing is seen. */
  async #offer() {
    try {
      this.#send(await startAuthentication({ optionsJSON: JSON.parse(this.#options), useBrowserAutofill: true }))
    } catch {
      // Whoever chooses none, or presses the button instead, has nothing to be told.
    }
  }

  /** Takes a new challenge from a new copy of this page; where there is none, the server will say what is the matter. */
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
