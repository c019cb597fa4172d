type Noun<Below> = new (app: Below) => unknown

/** Composes the product: each step creates nouns from those that already exist, and adds them by name. */
export class Wiring<Standing extends object> {
  readonly app: Standing

  constructor(app: Standing) {
    this.app = app
  }

  /** Doesn't compile if a noun needs one that is created later. */
  with<Added extends Record<string, Noun<Standing>>>(added: Added) {
    const made = Object.entries(added).map(([name, Class]) => [name, new Class(this.app)])
    type Next = Standing & { [Name in keyof Added]: InstanceType<Added[Name]> }
    return new Wiring({ ...this.app, ...Object.fromEntries(made) } as Next)
  }
}
