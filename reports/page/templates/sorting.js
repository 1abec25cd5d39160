// Tables that sort, by their section and their place in it; empty where DataTables is missing.
const sorted = new Map();
for (const section of document.querySelectorAll("main > section")) {
  [...section.querySelectorAll("table.sortable")].forEach((table, i) => {
    if (!DataTable) return;
    sorted.set(`${section.id}.${i}`, new DataTable(table, {
      paging: false, searching: false, info: false, autoWidth: false, order: [],
      columnDefs: [
        { targets: ".forest", orderable: false },
        { targets: "_all", orderSequence: ["asc", "desc", ""] },
      ],
    }));
  });
}
