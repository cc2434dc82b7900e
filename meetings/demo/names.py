"""Given and usual names, common ones; chance puts them together, so that nobody is meant."""


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = _words("""
Adrien Agathe Alexis Alix Amandine Anaïs Antoine Apolline Aurélie Baptiste Bastien Bénédicte Benoît
Camille Capucine Céline Charlotte Chloé Clarisse Clément Clotilde Colin Constance Corentin Damien
Delphine Diane Dorian Édouard Éléonore Élise Éloïse Émilie Étienne Eugénie Fabien Fanny Félix Flavie
Florent Gabriel Gaëlle Gaspard Gauthier Géraldine Guillaume Hadrien Héloïse Hortense Hugo Inès Iris
Ismaël Jeanne Jérôme Joachim Joséphine Jules Juliette Karim Laetitia Laure Léa Léonie Lilian Loïc
Louise Lucie Ludivine Maëlle Malik Margaux Mathilde Maud Maxime Mélanie Myriam Nadia Naïm Nathan
Nicolas Noémie Océane Olivier Ophélie Pauline Perrine Quentin Rachel Raphaël Rémi Romane Rosalie
Sabine Salomé Samira Sandrine Sébastien Soizic Solène Tanguy Théo Tiphaine Tristan Ursule Valentin
Victoire Virginie Xavier Yann Yasmine Youssef Zélie
""")
USUAL = _words("""
Abadie Allard Amiel Arnould Aubertin Bailly Barbier Bardet Baudoin Bellanger Berthelot Besnard
Blanchet Boisseau Bonnard Bouchet Boulay Bourdin Brunet Caillaud Carlier Castel Chabert Chapelle
Charpentier Chevrier Clavel Collin Coquelin Cordier Couturier Dancourt Daumas Delaunay Delorme
Demange Desmarais Deville Doucet Dubreuil Dufresne Dumas-Perrot Duplessis Durieux Escoffier Fabron
Faucher Ferrand Feuillet Fleuriot Fortin Foulon Gaillard Gallois Garnier-Roy Gasnier Gauthier
Germain Giraudet Gosselin Grangier Grenier Guérineau Guilbert Hamelin Hébrard Hervouet Jacquemin
Jolivet Jourdain Kerbrat Labarthe Lacaze Lachenal Lagarde Lambelin Langlade Larcher Laurencin Lavigne
Leblond Lecomte Ledoux Lemoine L’Hostis Limousin Lorrain Maillard Malherbe Marchand Marsaud Masselin
Mazière Meunier Millet Monnier Moreau-Vidal Morin Navarre Noblet Olivier Pasquier Pelletan Peyrat
Pichon Poirier Ponsard Prévost Quéméner Rabier Ravel Raynaud Renouard Ricard Rivoire Robinet Rochette
Roussel Sabatier Saunier Savary Seguin Sénéchal Tessier Thibaud Tournier Vallet Vasseur Verdier
Villard Vincendon Voisin Weiss Zeller
""")
