// Says when the page on screen is no longer what the server would answer. Everything works without it.
(() => {
  const main = document.querySelector("main[data-version]");
  const notice = document.getElementById("changed");
  if (!main || !notice) return;
  const known = `"${main.dataset.version}"`;
  let timer = 0;
  const look = async () => {
    if (document.hidden || !notice.hidden) return;
    try {
      const headers = { "If-None-Match": known, "Vun-Looking": "1" };
      const answer = await fetch(location.href, { headers, cache: "no-store", redirect: "manual" });
      if (answer.status === 401) clearInterval(timer);
      else if (answer.status === 200 && answer.headers.get("ETag") !== known) notice.hidden = false;
    } catch {
      // No network for a moment: the next look will tell.
    }
  };
  timer = setInterval(look, 30000);
  addEventListener("focus", look);
})();
