(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  document.body.append(tip);
  for (const title of document.querySelectorAll("svg g > title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  const place = (event) => {
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const below = event.clientY + 16 + box.height < innerHeight;
    tip.style.left = Math.max(8, x) + "px";
    tip.style.top = (below ? event.clientY + 16 : event.clientY - box.height - 10) + "px";
  };
  document.addEventListener("pointermove", (event) => {
    const hot = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.classList.toggle("on", Boolean(hot));
    if (hot) {
      tip.textContent = hot.dataset.tip;
      place(event);
    }
  });
  const value = (row, at) => row.cells[at].dataset.value ?? "";
  const compare = (a, b) => (isNaN(a) || isNaN(b) || a === "" || b === "" ? a.localeCompare(b) : a - b);
  for (const heading of document.querySelectorAll(".sortable th")) {
    heading.addEventListener("click", () => {
      const at = heading.cellIndex;
      const body = heading.closest("table").tBodies[0];
      const down = heading.dataset.order === "up";
      for (const other of heading.parentNode.cells) delete other.dataset.order;
      heading.dataset.order = down ? "down" : "up";
      const rows = [...body.rows].sort((a, b) => compare(value(a, at), value(b, at)) * (down ? -1 : 1));
      body.append(...rows);
    });
  }
})();
