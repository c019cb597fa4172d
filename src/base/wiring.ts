type Noun<Existing> = new (app: Existing) => unknown

/** Composes the product: each step creates nouns from those that already exist, and adds them by name. */
export class Wiring<Existing extends object> {
  readonly app: Existing

  constructor(app: Existing) {
    this.app = app
  }

  /** Doesn't compile if a noun needs one that is created later. */
  with<Added extends Record<string, Noun<Existing>>>(added: Added) {
    const made = Object.entries(added).map(([name, Class]) => [name, new Class(this.app)])
    type Next = Existing & { [Name in keyof Added]: InstanceType<Added[Name]> }
    return new Wiring({ ...this.app, ...Object.fromEntries(made) } as Next)
  }
}
