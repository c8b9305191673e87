// Marks the module's root. The requirements of each Kubernetes minor are in mods/.
module reference

go 1.21
