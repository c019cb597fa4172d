const DIGIT = /\p{Nd}/u

/**
 * Converts the decimal digits of any script to 0 to 9, since phones with Arabic, Persian or Bengali keyboards type
 * their own. In Unicode the ten digits of a script are consecutive.
 */
export function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, digit => {
    const own = digit.codePointAt(0)!
    let first = own
    while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1
    return String((own - first) % 10)
  })
}
