type Noun<Below> = new (app: Below) => unknown

/** The composition of the product: each step makes nouns out of those that stand already, and adds them by their names. */
export class Wiring<Standing extends object> {
  readonly app: Standing

  constructor(app: Standing) {
    this.app = app
  }

  /** A noun that needs one which comes later does not compile. */
  with<Added extends Record<string, Noun<Standing>>>(added: Added) {
    const made = Object.entries(added).map(([name, Class]) => [name, new Class(this.app)])
    type Next = Standing & { [Name in keyof Added]: InstanceType<Added[Name]> }
    return new Wiring({ ...this.app, ...Object.fromEntries(made) } as Next)
  }
}
