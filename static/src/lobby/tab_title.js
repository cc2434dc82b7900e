/** Calls somebody back who looks at another tab: words before the page's title, until they look. */

const title = document.title;

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = title;
});

export function callBack(words) {
  if (document.hidden) document.title = `${words} – ${title}`;
}
