/**
 * A function that works out only once what there is to know of an object, however many checks ask: there may be thousands of
 * cgroups and of programs, and each may ask for something about all of them. The object must not change.
 */
export function onceFor<K extends object, V>(workOut: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const answer = known.get(key) ?? { value: workOut(key) };
    known.set(key, answer);
    return answer.value;
  };
}
